// An answer in parts: what a department could not give is null, and an error with a code says why.

/** What is needed of an error: both clients' own kinds have it. */
export type PartError = {
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
};

/** One part of a page: shown, or missing for a reason of docs/errors.md such as DEPARTMENT_UNAVAILABLE. */
export type Panel<T> = { state: "shown"; value: T } | { state: "missing"; code: string };

/** What lies at a path of keys: of fields by their names in the answer, of items of lists by their numbers. */
type At<T, P extends readonly unknown[]> = P extends readonly [infer K, ...infer Rest]
  ? K extends keyof NonNullable<T>
    ? At<NonNullable<T>[K], Rest>
    : never
  : NonNullable<T>;

/** The keys by which a path may go on. */
type KeyOf<T> = NonNullable<T> extends readonly unknown[] ? number : keyof NonNullable<T> & string;

type Data<D extends object> = D | null | undefined;
type Errors = readonly PartError[];

/**
 * The part of an answer at a field, such as `"complaints"`, or below it, such as `"area", "complaints"`, with the errors
 * that urql and Apollo Client give beside `data`. What is null because something around or below it failed says why, too.
 */
export function panelOf<D extends object, A extends KeyOf<D>>(data: Data<D>, errors: Errors, a: A): Panel<At<D, [A]>>;
export function panelOf<D extends object, A extends KeyOf<D>, B extends KeyOf<At<D, [A]>>>(
  data: Data<D>, errors: Errors, a: A, b: B,
): Panel<At<D, [A, B]>>;
export function panelOf<
  D extends object, A extends KeyOf<D>, B extends KeyOf<At<D, [A]>>, C extends KeyOf<At<D, [A, B]>>,
>(data: Data<D>, errors: Errors, a: A, b: B, c: C): Panel<At<D, [A, B, C]>>;
export function panelOf(data: Data<object>, errors: Errors, ...keys: (string | number)[]): Panel<unknown> {
  const value = keys.reduce<unknown>((found, key) => (found as Record<string | number, unknown> | null | undefined)?.[key], data);
  if (value !== null && value !== undefined) return { state: "shown", value };
  const error = errors.find(({ path }) => (path ?? []).every((key, at) => at >= keys.length || key === keys[at]));
  return { state: "missing", code: typeof error?.extensions?.code === "string" ? error.extensions.code : "NO_ANSWER" };
}
