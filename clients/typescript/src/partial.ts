// An answer in parts: what a department could not give is null, and an error with a code says why.

/** What is needed of an error: both clients' own kinds have it. */
export type PartError = {
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
};

/** One part of a page: shown, or missing for a reason of docs/errors.md such as DEPARTMENT_UNAVAILABLE. */
export type Panel<T> = { state: "shown"; value: T } | { state: "missing"; code: string };

/** The part of an answer under one root field, with the errors that urql and Apollo Client give beside `data`. */
export function panelOf<D extends object, K extends keyof D & string>(
  data: D | null | undefined,
  errors: readonly PartError[],
  field: K,
): Panel<NonNullable<D[K]>> {
  const value = data?.[field];
  if (value !== null && value !== undefined) return { state: "shown", value };
  const error = errors.find(({ path }) => path === undefined || path.length === 0 || path[0] === field);
  return { state: "missing", code: typeof error?.extensions?.code === "string" ? error.extensions.code : "NO_ANSWER" };
}
