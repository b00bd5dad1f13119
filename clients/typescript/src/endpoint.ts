import type { paths } from "./generated/openapi.js";
import type { Method } from "./platform.js";

/** A request to an operation of the OpenAPI document. */
export interface Endpoint<Answer> {
  readonly method: Method;
  readonly path: string;
  readonly data?: object | undefined;
  /** The type of a successful response; never set at run time. */
  readonly answer?: Answer;
}

type Path = keyof paths & string;

/** The methods of a path in the document. */
type MethodOf<P extends Path> = {
  [M in keyof paths[P]]: paths[P][M] extends { responses: object } ? M : never;
}[keyof paths[P]] &
  string;

type JsonOf<T> = T extends { content: { "application/json": infer Json } } ? Json : undefined;
type BodyOf<T> = T extends { requestBody?: infer Body } ? JsonOf<Body> : undefined;
type AnswerOf<T> = T extends { responses: { 200: infer Answer } } ? JsonOf<Answer> : void;

/** Returns a request to an operation of the document. `id` replaces `{id}` in the path. */
export function endpoint<P extends Path, M extends MethodOf<P>>(
  method: M,
  path: P,
  data?: BodyOf<paths[P][M]>,
  id = "",
): Endpoint<AnswerOf<paths[P][M]>> {
  return {
    method: method.toUpperCase() as Method,
    path: path.replace("{id}", encodeURIComponent(id)),
    data: data as object | undefined,
  };
}
