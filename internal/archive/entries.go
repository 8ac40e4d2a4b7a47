package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

const selectStored = `SELECT dating, position, id, title, link, claimed, walk,
	content, authors, categories, image, audio, audio_type, language
	FROM posts JOIN bodies USING (position) `

// selectEntries returns selectStored in the form that the file's version supports.
func (a *Archive) selectEntries() string {
	if a.outdated {
		return selectFromOutdated()
	}
	return selectStored
}

// selectFromOutdated is selectStored for files without the columns dating and authors.
func selectFromOutdated() string {
	return strings.NewReplacer("dating", outdatedDating, "authors", "'[]'").Replace(selectStored)
}

// outdatedDating is the kind of a post's date in a file without the column. A date other than the feed's date counts as
// the time when the post was first seen.
const outdatedDating = "claimed IS NOT position >> 20"

// datingColumn returns the expression for the kind of a post's date.
func (a *Archive) datingColumn() string {
	if a.outdated {
		return outdatedDating
	}
	return "dating"
}

// scanStoredEntry reads a row of selectStored.
func scanStoredEntry(r interface{ Scan(...any) error }) (s storedEntry, err error) {
	var authors, categories string
	err = r.Scan(&s.DateKind, &s.position, &s.ID, &s.Title, &s.Link, &s.feedSeconds, &s.lastBackfill,
		&s.Content, &authors, &categories, &s.Image, &s.Audio.URL, &s.Audio.Type, &s.Language)
	if err != nil {
		return storedEntry{}, err
	}
	s.Published = snapshot.PositionTime(s.position)
	if err := errors.Join(parseNames(authors, &s.Authors), parseNames(categories, &s.Categories)); err != nil {
		return storedEntry{}, fmt.Errorf("%w: names of %q: %w", ErrDamaged, s.ID, err)
	}
	return s, nil
}

// parseNames parses a JSON array of authors or categories. An empty array is nil.
func parseNames(text string, into *[]string) error {
	if text == "[]" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

// formatNames returns authors or categories as a JSON array.
func formatNames(names []string) string {
	text, _ := json.Marshal(append([]string{}, names...)) // strings cannot fail
	return string(text)
}

// Entry returns the post with the given id, including its content. ok is false if the archive does not have the post.
// Entry reads the file and does not wait for writers.
func (a *Archive) Entry(ctx context.Context, id string) (e feed.Entry, ok bool, err error) {
	s, err := scanStoredEntry(a.reader.QueryRowContext(ctx, a.selectEntries()+"WHERE id = ?", id))
	return s.Entry, err == nil, a.wrapError(ctx, ignoreNoRows(err))
}

// Entries yields every stored post, newest first. It does not include changes that are made after the iteration starts.
// It stops after an error.
func (a *Archive) Entries(ctx context.Context) iter.Seq2[feed.Entry, error] {
	return func(yield func(feed.Entry, error) bool) {
		rows, err := a.reader.QueryContext(ctx, a.selectEntries()+"ORDER BY position DESC")
		if err != nil {
			yield(feed.Entry{}, a.wrapError(ctx, err))
			return
		}
		defer func() { _ = rows.Close() }() // rows.Err reports the error
		for rows.Next() {
			s, err := scanStoredEntry(rows)
			if !yield(s.Entry, a.wrapError(ctx, err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(feed.Entry{}, a.wrapError(ctx, err))
		}
	}
}

// Forget removes the post with the given id and prevents later polls from adding it again. ok is false if the archive
// does not have the post.
func (a *Archive) Forget(ctx context.Context, id string) (p feed.Post, ok bool, err error) {
	a.writeMu.Lock()
	defer a.writeMu.Unlock()
	m := &merge{}
	var old storedEntry
	err = runTransaction(ctx, a.writer, m, func() (err error) {
		if old, err = m.queryByID(id); err != nil {
			return err
		}
		return m.forgetPost(old)
	})
	if err != nil {
		return feed.Post{}, false, a.wrapError(ctx, ignoreNoRows(err))
	}
	a.updateSnapshot(m)
	return old.Post, true, nil
}

// forgetPost deletes a post and blocks its id. It also blocks its link, unless other posts have the same link.
func (m *merge) forgetPost(old storedEntry) error {
	const forgotten = `INSERT OR REPLACE INTO forgotten (id, link)
		SELECT ?, CASE WHEN EXISTS (SELECT 1 FROM posts WHERE link = ? AND link <> '') THEN '' ELSE ? END`
	m.removed[old.position] = true
	return errors.Join(
		m.removeFromIndexes(old.position),
		m.removeFromCategories(old.position, old.Categories),
		m.execPrepared("DELETE FROM posts WHERE position = ?", old.position),
		m.execPrepared(forgotten, old.ID, old.Link, old.Link),
		m.recordChange(feed.Batch{}))
}

// searchableText returns the text of a post as the full-text index stores it.
func searchableText(e feed.Entry) string {
	return e.Title + "\n" + strings.Join(slices.Concat(e.Authors, e.Categories), "\n") + "\n" + e.PlainText()
}

// Search returns the newest posts that contain all of the words. Posts with all words in the title come first. A word
// consists of letters and digits, and any other character separates words, as in the index. Words after the tenth are
// ignored.
func (a *Archive) Search(ctx context.Context, words string, limit int) ([]feed.Post, error) {
	query := ftsQuery(words)
	if query == "" || limit <= 0 {
		return nil, nil
	}
	found, err := a.searchIndex(ctx, "titles", query, limit)
	if err != nil || len(found) == limit {
		return found, err
	}
	// The second index includes titles, so its results may repeat the posts that are found already.
	more, err := a.searchIndex(ctx, "texts", query, limit+len(found))
	if err != nil {
		return nil, err
	}
	first := make(map[string]bool, len(found))
	for _, p := range found {
		first[p.ID] = true
	}
	for _, p := range more {
		if !first[p.ID] && len(found) < limit {
			found = append(found, p)
		}
	}
	return found, nil
}

// searchIndex reads one index backwards from the newest post. It does not rank results by bm25, because bm25 reads
// every matching post before it returns the first result.
func (a *Archive) searchIndex(ctx context.Context, index, query string, limit int) ([]feed.Post, error) {
	return a.queryPosts(ctx, "SELECT position, id, posts.title, link, "+a.datingColumn()+" FROM "+index+
		" JOIN posts ON position = "+index+".rowid WHERE "+index+" MATCH ? ORDER BY "+index+".rowid DESC LIMIT ?", query, limit)
}

// queryPosts returns the posts of a query that selects position, id, title, link and datingColumn.
func (a *Archive) queryPosts(ctx context.Context, query string, args ...any) (posts []feed.Post, err error) {
	rows, err := a.reader.QueryContext(ctx, query, args...)
	var p feed.Post
	var position int64
	err = forEachRow(rows, err, []any{&position, &p.ID, &p.Title, &p.Link, &p.DateKind}, func() error {
		p.Published = snapshot.PositionTime(position)
		posts = append(posts, p)
		return nil
	})
	return posts, a.wrapError(ctx, err)
}

// Bounds of a search. Spoken requests are shorter. A word that occurs in many of 100,000 posts costs about 3 ms.
const (
	maxSearchWords = 10
	maxWordBytes   = 128 // bytes
)

// ftsQuery turns the user's words into an FTS5 query that requires all words. It quotes each word separately, so that
// FTS5 does not interpret operators. A string of several words would be a phrase, which can be slow: if every one of
// 100,000 posts has both words, but never adjacent, the search takes 100 ms.
func ftsQuery(words string) string {
	var terms []string
	for word := range strings.FieldsFuncSeq(words, isSeparator) {
		term := `"` + word + `"`
		if len(word) > maxWordBytes || slices.Contains(terms, term) {
			continue
		}
		if terms = append(terms, term); len(terms) == maxSearchWords {
			break
		}
	}
	return strings.Join(terms, " ")
}

// isSeparator reports whether a character separates words. It agrees with the tokenizer of the indexes.
func isSeparator(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.N, unicode.Mn, unicode.Mc, unicode.Co)
}
