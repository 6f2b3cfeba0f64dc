// Typed documents and their manifest, out of the schema and of what src/ asks.
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

export default {
  schema: "../../schema/schema.graphql",
  documents: ["src/**/*.ts", "!src/generated/**"],
  importExtension: ".js",
  generates: {
    "src/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      // A client with a cache needs the names of types; what it may not add to a registered document stands in it.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: { useTypeImports: true, scalars: { Date: "string", DateTime: "string", Decimal: "string" } },
    },
  },
};
