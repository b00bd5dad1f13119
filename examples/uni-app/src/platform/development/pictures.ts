import { localized } from "./sheet";

const SIZE = 320;

/** The colours are those of the upper sky, lower sky, sun, rear hill and front hill. */
const LANDSCAPES = [
  { zh: "清晨", en: "Morning", colours: ["#8ec5fc", "#ffe3c9", "#fff4d6", "#7fb69a", "#3f8f6b"] },
  { zh: "黄昏", en: "Evening", colours: ["#f4845f", "#f7b267", "#fff1c1", "#8b5e83", "#5a3d6b"] },
  { zh: "夜晚", en: "Night", colours: ["#0f2044", "#31508a", "#f4f1de", "#22355f", "#152343"] },
  { zh: "花期", en: "Blossom", colours: ["#fbc2eb", "#fdeff9", "#ffffff", "#e58fb6", "#b85c8e"] },
];

/** Returns built-in pictures to choose from. */
export function pictures(): Promise<{ name: string; blob: Blob }[]> {
  return Promise.all(
    LANDSCAPES.map(async ({ zh, en, colours }) => ({ name: localized(zh, en), blob: await draw(colours) })),
  );
}

function draw([above, below, sun, behind, front]: string[]): Promise<Blob> {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  const pen = canvas.getContext("2d")!;
  const sky = pen.createLinearGradient(0, 0, 0, SIZE);
  sky.addColorStop(0, above);
  sky.addColorStop(1, below);
  pen.fillStyle = sky;
  pen.fillRect(0, 0, SIZE, SIZE);
  disc(pen, sun, 210, 120, 38);
  disc(pen, behind, 90, 420, 220);
  disc(pen, front, 270, 470, 230);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob!), "image/png"));
}

function disc(pen: CanvasRenderingContext2D, colour: string, x: number, y: number, radius: number) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}
