// The explorer: GraphiQL with the hub's schema, between the page's saved questions and what each answer took.
import "graphiql/setup-workers/vite";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import type { IntrospectionQuery } from "graphql";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { fetcherOf } from "./explorer/asking";
import { linked, linkTo } from "./explorer/permalink";
import { program, type Form } from "./explorer/programs";
import { answered, copied, running, tell } from "./explorer/report";
import { found } from "./explorer/results";
import { field } from "./explorer/settings";

const place = field("graphiql");
const failed = place.dataset.failed ?? "";
const fetcher = fetcherOf(
  {
    asked: running,
    answered: (answer, ms) => {
      answered(answer, ms);
      found(answer);
    },
  },
  failed,
);

/** Joins the page's own controls with the editor; shows nothing itself. */
function Controls(): null {
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const { run } = useGraphiQLActions();
  useEffect(() => {
    if (query === undefined || variables === undefined) return;
    const open = (): void => {
      const given = linked();
      if (given === null) return;
      query.setValue(given.query);
      variables.setValue(given.variables);
    };
    addEventListener("hashchange", open);
    return () => removeEventListener("hashchange", open);
  }, [query, variables]);
  useEffect(() => {
    if (query === undefined) return;
    const ended = new AbortController();
    const { signal } = ended;
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-query]")) {
      const choose = (event: Event): void => {
        event.preventDefault();
        query.setValue(link.dataset.query ?? "");
        variables?.setValue("");
        field("run").focus();
      };
      link.addEventListener("click", choose, { signal });
    }
    const ask = (event: Event): void => {
      event.preventDefault();
      run();
    };
    field("settings").addEventListener("submit", ask, { signal });
    field<HTMLButtonElement>("run").disabled = false;
    const link = (): void => {
      const address = linkTo({ query: query.getValue(), variables: variables?.getValue() ?? "" });
      tell(place.dataset.linked);
      void navigator.clipboard?.writeText(address).catch(() => undefined);
    };
    field("link").addEventListener("click", link, { signal });
    for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-form]")) {
      const copy = (): void => void copyAs(button.dataset.form as Form, query.getValue(), variables?.getValue() ?? "");
      button.addEventListener("click", copy, { signal });
    }
    return () => ended.abort();
  }, [query, variables, run]);
  return null;
}

// Tab belongs to the text, until Escape hands it back to the page: the editor does not hear of it then.
let isLeaving = false;
place.addEventListener(
  "keydown",
  (event) => {
    if (!(event.target as Element).closest(".monaco-editor")) return;
    if (event.key === "Tab" && isLeaving) event.stopImmediatePropagation();
    else if (event.key !== "Shift") isLeaving = event.key === "Escape";
    if (event.key === "Escape") tell(place.dataset.left);
  },
  { capture: true },
);
place.addEventListener("focusout", () => {
  isLeaving = false;
});

async function copyAs(form: Form, query: string, variables: string): Promise<void> {
  const text = program(form, { query, variables: read(variables) });
  const shown = field("program");
  shown.textContent = text;
  shown.hidden = false;
  shown.focus();
  // Where copying is not allowed, the text is there to be selected.
  await navigator.clipboard?.writeText(text).then(copied, () => undefined);
}

function read(variables: string): unknown {
  try {
    return variables.trim() ? JSON.parse(variables) : undefined;
  } catch {
    return undefined;
  }
}

// Strangers to a hub in production may not ask the graph about itself, so the schema is read as the file that it is.
async function schema(): Promise<IntrospectionQuery | null> {
  try {
    const answer = (await (await fetch("/schema.json")).json()) as { data: IntrospectionQuery };
    return answer.data;
  } catch {
    tell(failed);
    return null;
  }
}

const isChosen = new URLSearchParams(location.search).has("saved");
const given = linked() ?? (isChosen ? { query: place.dataset.initial ?? "", variables: "" } : null);
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
createRoot(place).render(
  <GraphiQL
    fetcher={fetcher}
    schema={await schema()}
    // What a link or a saved question's address asks for stands beside what was typed, in a tab of its own.
    initialQuery={given?.query}
    initialVariables={given?.variables}
    defaultQuery={place.dataset.initial}
    // What is typed may be personal: it goes with the tab.
    storage={sessionStorage}
    shouldPersistHeaders={false}
    isHeadersEditorEnabled={false}
    forcedTheme={dark ? "dark" : "light"}
  >
    <GraphiQL.Logo>{""}</GraphiQL.Logo>
    <Controls />
  </GraphiQL>,
);
