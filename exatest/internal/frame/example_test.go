package frame_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"

	"github.com/exawire/exawire/exatest/internal/frame"
)

// A message in two frames, of which the second one is the last.
func ExampleDelivery() {
	server, client := net.Pipe()
	go func() {
		defer server.Close()
		c := frame.NewConn(server, bufio.NewReader(server), 1<<20, 2<<20)
		_ = c.WriteMessage(context.Background(), frame.OpText, []byte("abc"), &frame.Delivery{Fragment: 2})
	}()
	wire, err := io.ReadAll(client)
	fmt.Printf("%q %v\n", wire, err)
	// Output:
	// "\x01\x02ab\x80\x01c" <nil>
}
