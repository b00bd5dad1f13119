// The globals of mini-programs beyond ECMAScript. No others are declared, so that the compiler rejects
// globals that only browsers have.

declare function setTimeout(callback: () => void, milliseconds: number): number;
declare function clearTimeout(timer: number | undefined): void;
