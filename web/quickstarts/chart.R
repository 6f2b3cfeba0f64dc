# Open complaints by district, as a chart: asks the graph and writes complaints.png. Needs the packages httr2 and jsonlite.
library(httr2)

query <- "{
  areas(first: 13, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
    nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } }
  }
}"

answer <- request("http://127.0.0.1:8000/graphql") |>
  req_headers("X-Api-Key" = Sys.getenv("SIMPUL_KEY")) |>
  req_body_json(list(query = query)) |>
  req_perform() |>
  resp_body_json(simplifyVector = TRUE)

districts <- answer$data$areas$nodes
counts <- setNames(districts$complaints$totalCount, districts$name)
png("complaints.png", width = 800, height = 500)
par(mar = c(4, 9, 1, 1))
barplot(rev(counts), horiz = TRUE, las = 1, col = "#0b6b74", xlab = "open complaints")
dev.off()
cat(length(counts), "districts,", sum(counts), "open complaints: open complaints.png\n")
