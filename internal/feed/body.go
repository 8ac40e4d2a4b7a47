package feed

import (
	"context"
	"io"
)

// LimitedBody limits the size and the time of reading a body. Read returns a *Fault if the body is too large, takes too
// long or ends early.
type LimitedBody struct {
	Context context.Context // limits the time; it must not be canceled before the body is read
	Source  io.Reader
	Size    int64 // bytes read so far
}

// Read implements io.Reader.
func (b *LimitedBody) Read(p []byte) (int, error) {
	n, err := b.Source.Read(p)
	b.Size += int64(n)
	switch {
	case b.Size > MaxBody:
		return 0, NewFault(ErrTooLarge, nil, "is larger than %d MiB", MaxBody>>20)
	case b.Context.Err() != nil:
		return 0, NewFault(ErrTimeout, nil, "did not finish the response in time")
	case err != nil && err != io.EOF:
		return n, NewFault(ErrCutOff, err, "broke off after %d bytes", b.Size)
	}
	return n, err
}
