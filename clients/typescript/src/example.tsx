// The same page with urql and with Apollo Client, rendered on a server. Usage: node dist/example.js urql|apollo ADDRESS
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client";
import { ApolloProvider, useQuery as useApollo } from "@apollo/client/react";
import { prerenderStatic } from "@apollo/client/react/ssr";
import type { ReactElement } from "react";
import { renderToString } from "react-dom/server";
import { prerenderToNodeStream } from "react-dom/static";
import { Client, fetchExchange, Provider, ssrExchange, useQuery } from "urql";
import type { CityTodayQuery } from "./generated/graphql.js";
import { type Panel, type PartError, panelOf } from "./partial.js";
import { CityToday } from "./queries.js";
import { trustedFetch } from "./trusted.js";

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

async function withUrql(url: string): Promise<string> {
  const exchanges = [ssrExchange({ isClient: false }), fetchExchange];
  const client = new Client({ url, exchanges, suspense: true, preferGetMethod: false, fetch: trustedFetch([CityToday]) });
  const { prelude } = await prerenderToNodeStream(<Provider value={client}><UrqlPage /></Provider>);
  let page = "";
  for await (const part of prelude) page += part;
  return page;
}

async function withApollo(uri: string): Promise<string> {
  const link = new HttpLink({ uri, fetch: trustedFetch([CityToday]) });
  const client = new ApolloClient({ ssrMode: true, link, cache: new InMemoryCache() });
  const tree = <ApolloProvider client={client}><ApolloPage /></ApolloProvider>;
  return (await prerenderStatic({ tree, renderFunction: renderToString })).result;
}

const [, , library, address] = process.argv;
if (address === undefined) throw new Error("Usage: node dist/example.js urql|apollo http://localhost:8000/graphql");
console.log(JSON.stringify(await (library === "apollo" ? withApollo : withUrql)(address)));
