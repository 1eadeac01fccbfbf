package wire_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/wire"
)

func ExampleConn_RoundTrip() {
	// A socket whose server answers at once; socket.Dial makes a real one.
	fake := newFake(func(socket.Kind, []byte) (socket.Kind, []byte) { return socket.Text, []byte(`{"status":"ok"}`) })
	c := wire.New(fake, wire.Options{})
	defer c.Shutdown()

	ctx := context.Background()
	if err := c.Lock(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer c.Unlock()
	answer, _, err := c.RoundTrip(ctx, wire.Request{
		Payload: []byte(`{"command":"execute","sqlText":"SELECT 1"}`),
		Abort:   []byte(`{"command":"abortQuery"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Release()
	fmt.Println(string(answer.Message))
	// Output: {"status":"ok"}
}
