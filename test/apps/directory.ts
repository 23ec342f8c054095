import { expose } from "hearthwire";

/** What one says of oneself. */
export class Profile {
  #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get name(): string {
    return this.#name;
  }

  rename(name: string): void {
    this.#name = name;
  }
}
expose(Profile, ["name", "rename"]);

/** An account and its profile. */
export class Account {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get name(): string {
    return `account of ${this.#name}`;
  }

  profile(): Profile {
    return new Profile(this.#name);
  }
}
expose(Account, ["name", "profile"]);

/** Somebody who has logged in. */
export class User {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get account(): Account {
    return new Account(this.#name);
  }

  /** Nobody has one. */
  get guardian(): User | null {
    return null;
  }

  friend(name: string): User {
    return new User(name);
  }
}
expose(User, ["account", "guardian", "friend"]);

/** Who is who: all of it is reached from what `login` gives, in as many steps as one likes. */
export class Directory {
  #greeted = 0;

  login(token: string): User {
    if (!token.startsWith("token of ")) {
      throw Object.assign(new RangeError("nobody has this token"), { code: "E_TOKEN", token });
    }
    return new User(token.slice("token of ".length));
  }

  profile(user: User): Profile {
    return user.account.profile();
  }

  greet(profile: Profile): string {
    this.#greeted++;
    return `hello ${profile.name}`;
  }

  greetAll(profiles: readonly Profile[]): string {
    return profiles.map((profile) => this.greet(profile)).join(", ");
  }

  get greeted(): number {
    return this.#greeted;
  }
}
expose(Directory, ["login", "profile", "greet", "greetAll", "greeted"]);
