# Open complaints by area, as a chart: asks the graph and writes complaints.png. Needs the packages httr2 and jsonlite.
library(httr2)

query <- "{
  areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
    nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } }
  }
}"

key <- Sys.getenv("SIMPUL_KEY")
if (key == "") {
  message("Put a key into SIMPUL_KEY first: http://127.0.0.1:8000/developers gives one.")
  quit(status = 1)
}
answer <- request("http://127.0.0.1:8000/graphql") |>
  req_headers("X-Api-Key" = key) |>
  req_body_json(list(query = query)) |>
  req_perform() |>
  resp_body_json()
for (error in answer$errors) cat(error$extensions$code, error$message, "\n")

# A department that is down leaves null behind, and everything else stays.
areas <- Filter(\(one) !is.null(one$complaints), answer$data$areas$nodes)
counts <- vapply(areas, \(one) one$complaints$totalCount, integer(1))
names(counts) <- vapply(areas, \(one) one$name, character(1))
if (length(counts) == 0) quit(status = 1)

png("complaints.png", width = 800, height = 500)
par(mar = c(4, 9, 1, 1))
barplot(rev(counts), horiz = TRUE, las = 1, col = "#0b6b74", xlab = "open complaints")
invisible(dev.off())
cat(length(counts), "areas,", sum(counts), "open complaints: open complaints.png\n")
