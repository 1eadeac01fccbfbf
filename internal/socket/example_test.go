package socket_test

import (
	"context"
	"fmt"
	"net"

	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
)

func Example() {
	// A server in memory that sends back what it gets.
	dial, wait := sockettest.Pipe(func(conn net.Conn) {
		if s, err := sockettest.Accept(conn, nil); err == nil {
			echo(s)
		}
	})

	c, err := socket.Dial(context.Background(), "exasol.example:8563", "", socket.Options{
		DialContext:  dial,
		MessageLimit: 1 << 20,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.Write(socket.Text, []byte(`{"command":"getAttributes"}`), 0, nil); err != nil {
		fmt.Println(err)
		return
	}
	kind, message, err := c.Read(nil, nil)
	fmt.Println(kind, string(message), err)
	_ = c.CloseNow()
	wait()
	// Output: text {"command":"getAttributes"} <nil>
}
