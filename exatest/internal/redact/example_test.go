package redact_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest/internal/redact"
)

func ExampleSQL() {
	text, secrets := redact.SQL(`CREATE USER ann IDENTIFIED BY "s3cret"`)
	fmt.Println(text)
	fmt.Println(secrets)
	// Output:
	// CREATE USER ann IDENTIFIED BY "<redacted>"
	// [s3cret]
}
