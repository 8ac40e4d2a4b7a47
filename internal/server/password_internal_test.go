package server

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// guardAt returns a guard and its clock.
func guardAt() (*passwordGuard, *time.Time) {
	now := time.Date(2026, time.March, 14, 9, 0, 0, 0, time.UTC)
	return &passwordGuard{now: func() time.Time { return now }}, &now
}

func TestDelayGrowsWithWrongPasswords(t *testing.T) {
	g, now := guardAt()
	var waits []time.Duration
	for range 7 {
		wait, evaluated := g.attempt("192.0.2.1", false)
		require.True(t, evaluated)
		waits = append(waits, wait)
		*now = now.Add(wait)
	}
	const ms = time.Millisecond
	require.Equal(t, []time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 4000 * ms, 4000 * ms}, waits)
	require.Less(t, maxPasswordDelay, writeTimeout, "the answer still arrives")
	require.Equal(t, maxPasswordDelay, passwordDelay(1<<40), "no overflow")
}

// TestEarlyAttemptsAreNotEvaluated checks that an attempt before the end of the delay gives the same result for a right and
// a wrong password. Otherwise an attacker could guess over many connections at the same time.
func TestEarlyAttemptsAreNotEvaluated(t *testing.T) {
	g, now := guardAt()
	wait, _ := g.attempt("192.0.2.1", false)
	*now = now.Add(wait - time.Nanosecond)
	for _, right := range []bool{true, false, true} {
		wait, evaluated := g.attempt("192.0.2.1", right)
		require.False(t, evaluated)
		require.Equal(t, time.Nanosecond, wait, "an early attempt does not make the delay longer")
	}
	wait, evaluated := g.attempt("192.0.2.2", true)
	require.True(t, evaluated, "another client is not delayed")
	require.Zero(t, wait)
	*now = now.Add(time.Nanosecond)
	_, evaluated = g.attempt("192.0.2.1", true)
	require.True(t, evaluated)
	require.Empty(t, g.guessers, "the right password ends the delays")
}

func TestForgivesOldFailures(t *testing.T) {
	g, now := guardAt()
	for range 5 {
		wait, _ := g.attempt("192.0.2.1", false)
		*now = now.Add(wait)
	}
	*now = now.Add(forgiveAfter)
	wait, evaluated := g.attempt("192.0.2.1", false)
	require.True(t, evaluated)
	require.Equal(t, firstPasswordDelay, wait)
}

// TestRememberedGuessersAreBounded sends wrong passwords from many clients. The memory must not grow, and the latest
// guessers must stay in it.
func TestRememberedGuessersAreBounded(t *testing.T) {
	g, now := guardAt()
	for n := range 5 * maxGuessers {
		g.attempt(fmt.Sprint("client ", n), false)
		*now = now.Add(time.Microsecond)
	}
	require.Len(t, g.guessers, maxGuessers)
	require.Contains(t, g.guessers, fmt.Sprint("client ", 5*maxGuessers-1))
	require.Contains(t, g.guessers, fmt.Sprint("client ", 4*maxGuessers))
}
