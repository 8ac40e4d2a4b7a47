package feed

import (
	"context"
	"io"
)

// LimitedBody bounds what is read of a feed. Reading ends with a Fault if there is too much of it, if it takes too long or if it
// breaks off.
type LimitedBody struct {
	Context context.Context // ends the reading; it lives no longer than the Body
	Source  io.Reader
	Size    int64 // how much was read
}

// Read implements io.Reader.
func (b *LimitedBody) Read(p []byte) (int, error) {
	n, err := b.Source.Read(p)
	b.Size += int64(n)
	switch {
	case b.Size > MaxBody:
		return 0, NewFault(ErrTooLarge, nil, "is larger than %d MiB", MaxBody>>20)
	case b.Context.Err() != nil:
		return 0, NewFault(ErrTimeout, nil, "did not answer in full in time")
	case err != nil && err != io.EOF:
		return n, NewFault(ErrCutOff, err, "broke off after %d bytes", b.Size)
	}
	return n, err
}
