package limits

import (
	"context"
	"io"
	"net/http"
	"time"
)

// A Body is a request's body whose bytes beyond the first Free ones are held from a Budget.
type Body struct {
	Budget *Budget
	Client string
	Free   int64         // bytes that need no budget, so that small requests never wait for large ones
	Max    int64         // the largest body that the handler reads
	Wait   time.Duration // for the budget
	Err    error         // what Read returns if the budget is not granted in time

	request *http.Request
	body    io.ReadCloser
	release func() // nil: the budget is not needed yet, or was refused
	refused bool
}

// Attach makes Body the body of r, if r's body can be larger than Free. The caller calls Release when the body is not in memory
// any more.
func (b *Body) Attach(r *http.Request) {
	if r.ContentLength >= 0 {
		b.Max = min(b.Max, r.ContentLength)
	}
	if b.Max > b.Free {
		b.request, b.body = r, r.Body
		r.Body = b
	}
}

// Read reads from the body. It waits for the budget before it reads more than Free bytes. Then it acquires all of the rest, so
// that two bodies cannot wait for each other.
func (b *Body) Read(p []byte) (int, error) {
	switch {
	case b.refused:
		return 0, b.Err
	case b.release != nil:
		return b.body.Read(p)
	case b.Free > 0:
		n, err := b.body.Read(p[:min(int64(len(p)), b.Free)])
		b.Free -= int64(n)
		b.Max -= int64(n)
		return n, err
	}
	ctx, cancel := context.WithTimeout(b.request.Context(), b.Wait)
	defer cancel()
	release, err := b.Budget.Acquire(ctx, b.Client, b.Max)
	if err != nil {
		b.refused = true
		return 0, b.Err
	}
	b.release = release
	return b.body.Read(p)
}

// Close closes the request's body.
func (b *Body) Close() error { return b.body.Close() }

// Refused reports whether the budget was not granted in time.
func (b *Body) Refused() bool { return b.refused }

// Release returns the bytes to the budget.
func (b *Body) Release() {
	if b.release != nil {
		b.release()
	}
}
