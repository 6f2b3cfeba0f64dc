/**
 * @generated SignedSource<<9d5c11fbaa991b78410c1468228069c5>>
 * @relayHash f2d9c5c4ca0030972a9c21f9c6fdc60c
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID f2d9c5c4ca0030972a9c21f9c6fdc60c

var node = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "first"
  }
],
v1 = [
  {
    "kind": "Literal",
    "name": "filter",
    "value": {
      "status": {
        "eq": "OPEN"
      }
    }
  },
  {
    "kind": "Variable",
    "name": "first",
    "variableName": "first"
  }
],
v2 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "ticketNumber",
  "storageKey": null
},
v3 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "status",
  "storageKey": null
};
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "pageOpenComplaintsQuery",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": "ComplaintConnection",
        "kind": "LinkedField",
        "name": "complaints",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "Complaint",
            "kind": "LinkedField",
            "name": "nodes",
            "plural": true,
            "selections": [
              (v2/*:: as any*/),
              (v3/*:: as any*/)
            ],
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "pageOpenComplaintsQuery",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": "ComplaintConnection",
        "kind": "LinkedField",
        "name": "complaints",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "Complaint",
            "kind": "LinkedField",
            "name": "nodes",
            "plural": true,
            "selections": [
              (v2/*:: as any*/),
              (v3/*:: as any*/),
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "id",
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ]
  },
  "params": {
    "id": "f2d9c5c4ca0030972a9c21f9c6fdc60c",
    "metadata": {},
    "name": "pageOpenComplaintsQuery",
    "operationKind": "query",
    "text": null
  }
};
})();

node.hash = "d350f4e7e16a24a232ff1ed041e304a1";

export default node;
