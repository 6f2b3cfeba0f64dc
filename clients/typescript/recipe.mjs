// How graphql-codegen makes typed documents of Simpul's graph, and the manifest by which a hub registers them.
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

/** Every scalar of the graph as it stands in an answer. A Decimal is a text, since a number would lose digits. */
export const scalars = {
  AreaCode: "string",
  BpsCode: "string",
  Date: "string",
  DateTime: "string",
  Decimal: "string",
  GeoJson: "string",
  JSON: "unknown",
  Url: "string",
};

/** What `generates` says of a folder. */
export const recipe = (folder) => ({
  [folder]: {
    preset: "client",
    presetConfig: { fragmentMasking: false, persistedDocuments: true },
    // A client with a cache needs the names of types; what it may not add to a registered document stands in it.
    documentTransforms: [addTypenameSelectionDocumentTransform],
    // A scalar that is new and not in the list is an error here, and not an `any` in the app.
    config: { useTypeImports: true, strictScalars: true, scalars },
  },
});
