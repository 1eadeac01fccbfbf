package zonedata_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/internal/zonedata"
)

func ExampleChanges() {
	zones, err := zonedata.Zones(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, zone := range zones {
		if zone.String() == "Europe/Berlin" {
			changes, offsets := zonedata.Changes(zone)
			fmt.Println(time.Unix(changes[0], 0).UTC(), len(changes), offsets)
		}
	}
	// Output: 1990-03-25 01:00:00 +0000 UTC 96 [3600 7200]
}
