// Benchmarks are not released: they are for work on exawire.
module github.com/exawire/exawire/bench

go 1.26.0

require (
	github.com/exawire/exawire v0.0.0
	nhooyr.io/websocket v1.8.17
)

require (
	github.com/goccy/go-json v0.12.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
)
