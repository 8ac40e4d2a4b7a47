package archive_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// Environment variables for a child process. If they are set, the test binary plays a role instead of running tests.
const (
	roleVariable = "LASTPOST_ARCHIVE_ROLE"
	fileVariable = "LASTPOST_ARCHIVE_FILE"
)

// playRole plays a role in a child process. It returns the exit status: 0 if it succeeds.
func playRole(role string) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // ends the process if its parent has ended
	defer cancel()
	roles := map[string]func(context.Context, string) error{"keeper": runKeeper, "creator": runCreator, "viewer": runViewer, "listeners": runListeners}
	if err := roles[role](ctx, os.Getenv(fileVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// runKeeper stores one new post after another until it is killed, and prints the id of each. Every batch also changes a
// stored post.
func runKeeper(ctx context.Context, file string) error {
	a, err := archive.Open(ctx, file)
	if err != nil {
		return err
	}
	for n := a.Len(); ; n++ {
		first := post("first", t0)
		first.Content = strings.Repeat(fmt.Sprint("again", n, " "), 500)
		next := post(fmt.Sprint(n), t0.Add(time.Duration(n)*time.Minute))
		if _, err := a.Keep(ctx, feed.Batch{Entries: []feed.Entry{next, first}, Now: hours(1000)}); err != nil {
			return err
		}
		fmt.Println(n)
		time.Sleep(2 * time.Millisecond) // lets other processes write
	}
}

// runCreator waits for a line on standard input. Then it opens or creates an archive and stores one post.
func runCreator(ctx context.Context, file string) error {
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	a, err := archive.Open(ctx, file)
	if err != nil {
		return err
	}
	if _, err := a.Keep(ctx, feed.Batch{Entries: []feed.Entry{post(fmt.Sprint(os.Getpid()), t0)}, Now: t0}); err != nil {
		return err
	}
	return a.Close()
}

// runViewer prints the id of the latest post and the number of posts, from a view.
func runViewer(ctx context.Context, file string) error {
	a, err := archive.View(ctx, file)
	if err != nil {
		return err
	}
	latest, _ := a.Latest()
	fmt.Println(latest.ID, a.Len())
	return a.Close()
}

// runListeners records one visit after another until it is killed, and prints the number and the time of each.
func runListeners(ctx context.Context, file string) error {
	a, err := archive.Open(ctx, file)
	if err != nil {
		return err
	}
	go a.Watch(ctx, slog.New(slog.DiscardHandler)) // until the process ends
	for n := 0; ; n++ {
		a.Visit(feed.Listener{Account: fmt.Sprint("listener ", n)}, post("a", t0).Post, t0)
		fmt.Println(n, time.Now().UnixMilli())
		time.Sleep(5 * time.Millisecond)
	}
}

// childProcess returns a command that plays a role in a child process. The command has not started.
func childProcess(t *testing.T, role, file string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, fileVariable+"="+file)
	cmd.Stderr = os.Stderr
	return cmd
}

func runChild(t *testing.T, role, file string) string {
	t.Helper()
	out, err := childProcess(t, role, file).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}
