package limits

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// acquire returns the release function of n bytes for the client.
func acquire(t *testing.T, b *Budget, name string, n int64) (release func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	release, err := b.Acquire(ctx, name, n)
	require.NoError(t, err)
	return release
}

// requireNoneLeft checks that the client does not get n bytes.
func requireNoneLeft(t *testing.T, b *Budget, name string, n int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := b.Acquire(ctx, name, n)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestLimitsOneClientAndAllClients(t *testing.T) {
	b := NewBudget(100, 40)
	requireNoneLeft(t, b, "a", 41)
	acquire(t, b, "a", 40)
	requireNoneLeft(t, b, "a", 1)
	acquire(t, b, "b", 40)
	requireNoneLeft(t, b, "c", 21)
	acquire(t, b, "c", 20)
	requireNoneLeft(t, b, "d", 1)
}

func TestReleaseReturnsTheBytesOnce(t *testing.T) {
	b := NewBudget(100, 100)
	first, second := acquire(t, b, "a", 60), acquire(t, b, "a", 40)
	first()
	first()
	requireNoneLeft(t, b, "b", 61)
	second()
	acquire(t, b, "b", 100)()
	require.Empty(t, b.clients, "clients without requests are forgotten")
}

// A client that waits for its own share does not block the bytes that others can use.
func TestWaitingClientDoesNotBlockOthers(t *testing.T) {
	b := NewBudget(100, 50)
	release := acquire(t, b, "attacker", 50)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	granted := make(chan error, 20)
	for range 20 {
		go func() {
			_, err := b.Acquire(ctx, "attacker", 50)
			granted <- err
		}()
	}
	for i := range 10 {
		acquire(t, b, fmt.Sprint("listener ", i), 50)()
	}
	release()
	require.NoError(t, <-granted, "a waiting request gets the bytes that another one released")
	cancel()
	for range 19 {
		require.Error(t, <-granted)
	}
}
