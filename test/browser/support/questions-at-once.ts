/** As many questions as a page that follows a feed has pending at any time. */
export const QUESTIONS_AT_ONCE = 4;
