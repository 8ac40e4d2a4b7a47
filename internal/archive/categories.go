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

	"lastpost/internal/feed"
)

// InCategory is the posts of a category, newest first, without the first skip of them, and limit at most. Neither case
// nor space around the category matters. It reads the file, and waits for nobody who writes to it.
func (a *Archive) InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error) {
	if limit <= 0 || a.outdated {
		return nil, nil
	}
	// What is skipped is skipped in the index alone.
	const query = `SELECT position, id, title, link FROM posts WHERE position IN (
		SELECT position FROM filed WHERE category = (SELECT id FROM categories WHERE folded = ?)
		ORDER BY position DESC LIMIT ? OFFSET ?) ORDER BY position DESC`
	return a.queryPosts(ctx, query, foldCategory(category), limit, max(skip, 0))
}

// Categories is the blog's own categories, those with the most posts first, each as it was first spelled, and limit at
// most. It reads the file, and waits for nobody who writes to it.
func (a *Archive) Categories(ctx context.Context, limit int) (names []string, err error) {
	if a.outdated {
		return nil, nil
	}
	rows, err := a.reader.QueryContext(ctx, "SELECT name FROM categories ORDER BY posts DESC, id LIMIT ?", max(limit, 0))
	var name string
	err = forEachRow(rows, err, []any{&name}, func() error {
		names = append(names, name)
		return nil
	})
	return names, a.wrapError(ctx, err)
}

// foldCategory gives two names that differ in case, and in space around them, one form: of each character the first of those that
// strings.EqualFold takes for the same.
func foldCategory(category string) string {
	return strings.Map(func(r rune) rune {
		first := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			first = min(first, next)
		}
		return first
	}, strings.TrimSpace(category))
}

// addToCategories puts a post into its categories.
func (m *merge) addToCategories(position int64, categories []string) error {
	for folded, name := range distinctCategories(categories) {
		if err := errors.Join(
			m.execPrepared("INSERT INTO categories (folded, name, posts) VALUES (?, ?, 0) ON CONFLICT DO NOTHING", folded, name),
			m.execPrepared("INSERT INTO filed SELECT id, ? FROM categories WHERE folded = ?", position, folded)); err != nil {
			return err
		}
	}
	return nil
}

// removeFromCategories takes a post out of its categories.
func (m *merge) removeFromCategories(position int64, categories []string) error {
	for folded := range distinctCategories(categories) {
		const remove = "DELETE FROM filed WHERE category = (SELECT id FROM categories WHERE folded = ?) AND position = ?"
		if err := m.execPrepared(remove, folded, position); err != nil {
			return err
		}
	}
	return nil
}

// updateCategories brings what a post was filed under up to date. Most that change keep place and categories.
func (m *merge) updateCategories(old storedEntry, position int64, categories []string) error {
	if position == old.position && slices.Equal(categories, old.Categories) {
		return nil
	}
	return errors.Join(m.removeFromCategories(old.position, old.Categories), m.addToCategories(position, categories))
}

// distinctCategories gives a post's categories, each once, by their forms without regard to case.
func distinctCategories(categories []string) iter.Seq2[string, string] {
	return func(yield func(folded, name string) bool) {
		seen := make(map[string]bool, len(categories))
		for _, name := range categories {
			form := foldCategory(name)
			if form == "" || seen[form] {
				continue
			}
			seen[form] = true
			if !yield(form, strings.TrimSpace(name)) {
				return
			}
		}
	}
}

// fillCategories files what was kept before there were categories.
func fillCategories(m *merge) error {
	rows, err := m.tx.QueryContext(m.ctx, "SELECT position, categories FROM bodies WHERE categories <> '[]' ORDER BY position DESC")
	var position int64
	var text []byte
	return forEachRow(rows, err, []any{&position, &text}, func() error {
		var categories []string
		if err := json.Unmarshal(text, &categories); err != nil {
			return fmt.Errorf("%w: categories at %d: %w", ErrDamaged, position, err)
		}
		return m.addToCategories(position, categories)
	})
}
