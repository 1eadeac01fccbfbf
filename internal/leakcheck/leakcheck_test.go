package leakcheck

import (
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

func TestLeakIsFound(t *testing.T) {
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-stop
	}()
	leaked := strings.Join(wait(time.Millisecond), "\n\n")
	if !strings.Contains(leaked, "TestLeakIsFound") {
		t.Errorf("a blocked goroutine was not found in:\n%s", leaked)
	}
	if leaked := wait(time.Millisecond, "TestLeakIsFound"); len(leaked) != 0 {
		t.Errorf("a goroutine of others was found:\n%s", strings.Join(leaked, "\n\n"))
	}
	close(stop)
	<-done
	if leaked := wait(patience); len(leaked) != 0 {
		t.Errorf("goroutines found after all ended:\n%s", strings.Join(leaked, "\n\n"))
	}
}
