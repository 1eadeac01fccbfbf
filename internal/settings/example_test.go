package settings_test

import (
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/settings"
)

// What differs from the attributes of a session that has just logged in.
func ExampleDifferences() {
	want := commands.DefaultAttributes()
	now := want
	now.Autocommit, now.DateFormat = false, "DD.MM.YYYY"
	fmt.Println(settings.Differences(now, want))
	// Output:
	// [autocommit dateFormat]
}
