const units = ["B", "kB", "MB", "GB", "TB"];

/** Bytes for people: `1.5 MB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A share of 0 to 1 for people: `42 %`. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The time of day, to the second. */
export function formatTime(at: Date | number): string {
  return new Date(at).toLocaleTimeString();
}

/** Seconds for people, to two units: `3 d 4 h`, `5 min 6 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3_600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}
