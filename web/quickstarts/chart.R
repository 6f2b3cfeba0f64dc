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
  resp_body_json()
for (error in answer$errors) cat(error$extensions$code, error$message, "\n")

# A department that is down leaves null behind, and everything else stays.
districts <- Filter(\(one) !is.null(one$complaints), answer$data$areas$nodes)
counts <- vapply(districts, \(one) one$complaints$totalCount, integer(1))
names(counts) <- vapply(districts, \(one) one$name, character(1))
if (length(counts) == 0) quit(status = 1)

png("complaints.png", width = 800, height = 500)
par(mar = c(4, 9, 1, 1))
barplot(rev(counts), horiz = TRUE, las = 1, col = "#0b6b74", xlab = "open complaints")
invisible(dev.off())
cat(length(counts), "districts,", sum(counts), "open complaints: open complaints.png\n")
