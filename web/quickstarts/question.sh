curl --silent --show-error --fail-with-body http://127.0.0.1:8000/graphql \
  --header "X-Api-Key: ${SIMPUL_KEY:?Put a key into it first: http://127.0.0.1:8000/developers gives one.}" \
  --header "Content-Type: application/json" \
  --data '{"query": "{ areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) { nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } } } }"}'
