// What the example page asks: three panels of three departments in one operation. Your own documents go here, too.
import { graphql } from "./generated/gql.js";

export const CityToday = graphql(`
  query CityToday($first: Int = 3) {
    areas(first: $first) {
      nodes {
        code
        name
      }
    }
    complaints(first: $first) {
      nodes {
        ticketNumber
        status
      }
    }
    hospitals(first: $first) {
      nodes {
        code
        name
      }
    }
  }
`);
