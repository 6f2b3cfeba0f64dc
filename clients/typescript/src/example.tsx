// The same page with urql and with Apollo Client, rendered on a server. Usage: node dist/example.js urql|apollo ADDRESS
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { ApolloProvider, useQuery as useApollo } from "@apollo/client/react";
import { prerenderStatic } from "@apollo/client/react/ssr";
import type { ReactElement } from "react";
import { persistedExchange } from "@urql/exchange-persisted";
import type { DocumentNode } from "graphql";
import { renderToString } from "react-dom/server";
import { prerenderToNodeStream } from "react-dom/static";
import { Client, fetchExchange, Provider, ssrExchange, useQuery } from "urql";
import type { CityTodayQuery } from "./generated/graphql.js";
import { type Panel, type PartError, panelOf } from "./partial.js";
import { CityToday } from "./queries.js";

const TITLES = { areas: "Areas", complaints: "Complaints", hospitals: "Hospitals" } as const;
type Field = keyof typeof TITLES;

function City({ data, errors }: { data: CityTodayQuery | null | undefined; errors: readonly PartError[] }) {
  return (Object.keys(TITLES) as Field[]).map((field) => (
    <Section key={field} title={TITLES[field]} panel={panelOf(data, errors, field)} />
  ));
}

function Section({ title, panel }: { title: string; panel: Panel<{ nodes: readonly unknown[] }> }): ReactElement {
  const text = panel.state === "shown" ? `${panel.value.nodes.length} shown` : `missing: ${panel.code}`;
  return <section>{`${title}, ${text}`}</section>;
}

function UrqlPage() {
  const [{ data, error }] = useQuery({ query: CityToday });
  return <City data={data} errors={error?.graphQLErrors ?? []} />;
}

function ApolloPage() {
  const { data, error, loading } = useApollo(CityToday, { errorPolicy: "all" });
  if (loading) return <p>...</p>;
  return <City data={data as CityTodayQuery | undefined} errors={CombinedGraphQLErrors.is(error) ? error.errors : []} />;
}

// What codegen wrote into the document beside its syntax: the name by which it is registered.
const registered = (document: DocumentNode) => (document as { __meta__?: { hash?: string } }).__meta__?.hash ?? "";

async function withUrql(url: string): Promise<string> {
  const persisted = persistedExchange({ generateHash: async (_, document) => registered(document) });
  const exchanges = [ssrExchange({ isClient: false }), persisted, fetchExchange];
  const client = new Client({ url, exchanges, suspense: true, preferGetMethod: false });
  const { prelude } = await prerenderToNodeStream(<Provider value={client}><UrqlPage /></Provider>);
  let page = "";
  for await (const part of prelude) page += part;
  return page;
}

async function withApollo(uri: string): Promise<string> {
  const link = new PersistedQueryLink({ generateHash: registered }).concat(new HttpLink({ uri }));
  const client = new ApolloClient({ ssrMode: true, link, cache: new InMemoryCache() });
  const tree = <ApolloProvider client={client}><ApolloPage /></ApolloProvider>;
  return (await prerenderStatic({ tree, renderFunction: renderToString })).result;
}

const [, , library, address] = process.argv;
if (address === undefined) throw new Error("Usage: node dist/example.js urql|apollo http://localhost:8000/graphql");
console.log(JSON.stringify(await (library === "apollo" ? withApollo : withUrql)(address)));
