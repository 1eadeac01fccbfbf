package exatest_test

import (
	"testing"

	"github.com/exawire/exawire/exatest/internal/testclient"
)

// Each answer and each way to script one has an example that is run.
func TestExamplesAreComplete(t *testing.T) {
	testclient.CheckExamples(t, 25, "Injection", "Response", "Responder", "Values", "Handler")
}
