module github.com/exawire/exawire

go 1.26.0

require (
	github.com/goccy/go-json v0.12.0
	github.com/google/go-cmp v0.7.0
	github.com/klauspost/compress v1.20.3
	nhooyr.io/websocket v1.8.17
)
