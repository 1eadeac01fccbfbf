package tunnel_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/exawire/exawire/internal/tunnel"
)

// The database gives the connection an address, and asks for the file when a statement names the two.
func Example() {
	client, database := net.Pipe()
	ctx := context.Background()
	served := make(chan struct{})
	go func() {
		defer close(served)
		addr, err := tunnel.Open(ctx, client)
		fmt.Println(addr, err)
		tn := tunnel.New(ctx, client, nil, &tunnel.File{Name: "000.csv", Send: func(_ context.Context, to io.Writer) error {
			_, err := io.WriteString(to, "1,a\n")
			return err
		}})
		tn.Serve()
		fmt.Println("done:", tn.Outcome().Done)
	}()

	_, _ = io.ReadFull(database, make([]byte, 12))
	_, _ = io.WriteString(database, "\x00\x00\x00\x00\x8b\x4e\x00\x0010.0.0.11\x00\x00\x00\x00\x00\x00\x00")
	_, _ = io.WriteString(database, "GET /000.csv HTTP/1.1\r\nHost: 10.0.0.11:20107\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(database), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := io.ReadAll(answer.Body)
	fmt.Printf("%q %v\n", body, err)
	_ = database.Close()
	<-served
	// Output:
	// 10.0.0.11:20107 <nil>
	// "1,a\n" <nil>
	// done: true
}
