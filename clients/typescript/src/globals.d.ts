// What mini-programs have beyond ECMAScript itself. Nothing else of a browser may be relied on, and
// the compiler knows nothing else.

declare function setTimeout(callback: () => void, milliseconds: number): number;
declare function clearTimeout(timer: number | undefined): void;
