// Package issued remembers which refresh tokens the OAuth server issued through the proxy.
package issued

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/durable"
)

// Bounds of the remembered refresh tokens. A listener has one, because a new token replaces the one that it was issued for.
const (
	file      = "issued"
	maxTokens = 64 << 10
	maxBytes  = 8 << 20
)

// A Set remembers refresh tokens, also across restarts and after their traces were removed. Its tokens are the masks of
// the traces: keyed hashes. It stores each with the time of its last use. Only one goroutine may use it.
type Set struct {
	dir    string
	tokens map[string]int64 // the last use of each token, in seconds since 1970
	lines  int              // of the file
}

// Open reads the stored tokens. A damaged line is skipped.
func Open(dir string) (*Set, error) {
	s := &Set{dir: dir, tokens: map[string]int64{}}
	stored, err := os.Open(s.filePath())
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = stored.Close() }() // the file is only read
	content, err := io.ReadAll(io.LimitReader(stored, maxBytes))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(content[:bytes.LastIndexByte(content, '\n')+1])) {
		s.lines++
		token, at, _ := strings.Cut(strings.TrimSpace(line), " ")
		if used, err := strconv.ParseInt(at, 10, 64); err == nil && token != "" {
			s.tokens[token] = used
		} else {
			delete(s.tokens, token) // a replaced token has no time
		}
	}
	s.limit()
	return s, nil
}

func (s *Set) filePath() string { return filepath.Join(s.dir, file) }

// limit removes the tokens that were not used for the longest time.
func (s *Set) limit() {
	if len(s.tokens) <= maxTokens {
		return
	}
	oldest := slices.SortedFunc(maps.Keys(s.tokens), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.tokens[a], s.tokens[b]), strings.Compare(a, b))
	})
	for _, token := range oldest[:len(oldest)-maxTokens*7/8] { // more than necessary, so that this is rare
		delete(s.tokens, token)
	}
}

// Add remembers the refresh tokens of a successful token response: the one that the server accepted, and the one that it
// issued; either may be empty. It returns the lines for Write.
func (s *Set) Add(accepted, issued string, at time.Time) (lines string) {
	if issued != "" && accepted != "" && issued != accepted {
		if s.Has(accepted) {
			delete(s.tokens, accepted)
			lines += accepted + "\n"
		}
		accepted = ""
	}
	for _, token := range []string{issued, accepted} {
		if used := at.Unix(); token != "" && used-s.tokens[token] >= int64(24*time.Hour/time.Second) {
			s.tokens[token] = used
			lines += fmt.Sprintf("%s %d\n", token, used)
		}
	}
	return lines
}

// Has reports whether a refresh token was issued or accepted.
func (s *Set) Has(token string) bool {
	_, known := s.tokens[token]
	return known
}

// Write appends lines to the file, or writes the whole file if it has many lines of replaced tokens.
func (s *Set) Write(lines string) error {
	if lines == "" {
		return nil
	}
	s.limit()
	s.lines += strings.Count(lines, "\n")
	if s.lines > 2*len(s.tokens)+1000 {
		return s.compact()
	}
	stored, err := os.OpenFile(s.filePath(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = stored.WriteString(lines)
	return errors.Join(err, stored.Close())
}

func (s *Set) compact() error {
	var all bytes.Buffer
	for token, used := range s.tokens {
		_, _ = fmt.Fprintf(&all, "%s %d\n", token, used)
	}
	err := durable.Replace(s.filePath(), all.Bytes(), 0o600)
	if err == nil {
		s.lines = len(s.tokens)
	}
	return err
}
