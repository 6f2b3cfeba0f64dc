// A question as an address: operation and variables stand behind the #, which a browser sends to nobody. Never a key.
export interface Linked {
  query: string;
  variables: string;
}

export function linked(): Linked | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const query = given.get("query");
  return query ? { query, variables: given.get("variables") ?? "" } : null;
}

/** The address of a question, which is the page's own from now on. */
export function linkTo({ query, variables }: Linked): string {
  const given = new URLSearchParams(variables.trim() ? { query, variables } : { query });
  history.replaceState(null, "", `${location.pathname}#${given}`);
  return location.href;
}
