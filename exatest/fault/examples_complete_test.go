package fault_test

import (
	"testing"

	"github.com/exawire/exawire/exatest/internal/testclient"
)

// Each fault has an example that is run.
func TestExamplesAreComplete(t *testing.T) { testclient.CheckExamples(t, 40, "Fault") }
