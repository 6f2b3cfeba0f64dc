// The recipe, for the package's own example.
import { recipe } from "./recipe.mjs";

export default {
  schema: "../../schema/schema.graphql",
  documents: ["src/**/*.ts", "!src/generated/**"],
  importExtension: ".js",
  generates: recipe("src/generated/"),
};
