// Asks the hub: questions by one POST each, subscriptions by server-sent events.
import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-sse";
import { sent } from "./settings";

const ADDRESS = "/graphql";

/** What an answer of the hub has beside its data. */
export interface Answer {
  data?: unknown;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string } }[];
  extensions?: {
    cost?: Record<string, unknown>;
    sources?: Source[];
    plan?: Plan;
  };
}

export interface Source {
  source: string;
  state: string;
  asOf: string | null;
  ms: number;
  calls: number;
  findings: number;
}

/** The reads by level, and the questions that were put for them; what else a step says is shown as it is. */
export interface Plan {
  levels: Planned[][];
  steps?: Step[];
}

export interface Planned {
  path: string[];
  record: string;
}

export interface Step extends Record<string, unknown> {
  record: string;
}

export interface Listener {
  asked(): void;
  answered(answer: Answer, ms: number): void;
}

interface Read {
  question: FetcherParams;
  streams: boolean;
}

// The editor learns the name of an operation a moment after it was typed, and may still send the one before.
function read(question: FetcherParams): Read {
  try {
    const document = parse(question.query);
    const named = getOperationAST(document, question.operationName);
    const operation = named ?? getOperationAST(document);
    const name = operation?.name?.value;
    return { question: { ...question, operationName: name }, streams: operation?.operation === "subscription" };
  } catch {
    return { question, streams: false }; // The hub says what is wrong with it.
  }
}

export function fetcherOf(listener: Listener, failed: string): Fetcher {
  const client = createClient({ url: ADDRESS, headers: sent });
  return (typed) => {
    const { question, streams } = read(typed);
    listener.asked();
    if (streams) {
      const { query, variables, operationName } = question;
      return client.iterate({ query, variables, operationName: operationName ?? undefined });
    }
    return ask(question, listener, failed);
  };
}

async function ask(question: FetcherParams, listener: Listener, failed: string): Promise<Answer> {
  const began = performance.now();
  const answer = await fetch(ADDRESS, { method: "POST", headers: sent(), body: JSON.stringify(question) })
    .then((response) => response.json() as Promise<Answer>)
    .catch((): Answer => ({ errors: [{ message: failed }] }));
  listener.answered(answer, performance.now() - began);
  return answer;
}
