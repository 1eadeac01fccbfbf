// Benchmarks are not released: they are for work on exawire.
module github.com/exawire/exawire/bench

go 1.26.0

require (
	github.com/exawire/exawire v0.0.0
	github.com/gocarina/gocsv v0.0.0-20240520201108-78e41c74b4b1
	github.com/google/go-cmp v0.7.0
	github.com/jszwec/csvutil v1.10.0
	nhooyr.io/websocket v1.8.17
)

require (
	github.com/goccy/go-json v0.12.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
)
