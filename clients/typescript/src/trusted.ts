// Operations that the hub knows are named by `documentId` and not sent; see "Trusted documents" in docs/limits.md.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { getOperationAST } from "graphql";

/** What codegen writes into each document beside its syntax. */
type Generated = { __meta__?: { hash?: string } };

/** A `fetch` for any GraphQL client that names these documents, by the names of their operations, instead of sending them. */
export function trustedFetch(documents: readonly TypedDocumentNode<any, any>[], send: typeof fetch = fetch): typeof fetch {
  const identifiers = new Map(documents.map((document) => [nameOf(document), identifierOf(document)]));
  return (input, init) => {
    if (typeof init?.body !== "string") return send(input, init);
    const { query: _, ...body } = JSON.parse(init.body);
    const documentId = identifiers.get(body.operationName);
    if (documentId === undefined) return send(input, init);
    return send(input, { ...init, body: JSON.stringify({ ...body, documentId }) });
  };
}

function nameOf(document: TypedDocumentNode<any, any>): string {
  const name = getOperationAST(document)?.name?.value;
  if (name === undefined) throw new Error("A trusted document has one operation, with a name.");
  return name;
}

function identifierOf(document: TypedDocumentNode<any, any>): string {
  const hash = (document as Generated).__meta__?.hash;
  if (hash === undefined) throw new Error("This document was generated without persistedDocuments.");
  return hash;
}
