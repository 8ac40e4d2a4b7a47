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
	return a.list(ctx, query, fold(category), limit, max(skip, 0))
}

// Categories is the blog's own categories, those with the most posts first, each as it was first spelled, and limit at
// most. It reads the file, and waits for nobody who writes to it.
func (a *Archive) Categories(ctx context.Context, limit int) (names []string, err error) {
	if a.outdated {
		return nil, nil
	}
	rows, err := a.reader.QueryContext(ctx, "SELECT name FROM categories ORDER BY posts DESC, id LIMIT ?", max(limit, 0))
	var name string
	err = each(rows, err, []any{&name}, func() error {
		names = append(names, name)
		return nil
	})
	return names, a.explain(ctx, err)
}

// fold gives two names that differ in case, and in space around them, one form: of each character the first of those that
// strings.EqualFold takes for the same.
func fold(category string) string {
	return strings.Map(func(r rune) rune {
		first := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			first = min(first, next)
		}
		return first
	}, strings.TrimSpace(category))
}

// file puts a post into its categories.
func (m *merge) file(position int64, categories []string) error {
	for folded, name := range folded(categories) {
		if err := errors.Join(
			m.exec("INSERT INTO categories (folded, name, posts) VALUES (?, ?, 0) ON CONFLICT DO NOTHING", folded, name),
			m.exec("INSERT INTO filed SELECT id, ? FROM categories WHERE folded = ?", position, folded)); err != nil {
			return err
		}
	}
	return nil
}

// unfile takes a post out of its categories.
func (m *merge) unfile(position int64, categories []string) error {
	for folded := range folded(categories) {
		const remove = "DELETE FROM filed WHERE category = (SELECT id FROM categories WHERE folded = ?) AND position = ?"
		if err := m.exec(remove, folded, position); err != nil {
			return err
		}
	}
	return nil
}

// refile brings what a post was filed under up to date. Most that change keep place and categories.
func (m *merge) refile(was stored, position int64, categories []string) error {
	if position == was.position && slices.Equal(categories, was.Categories) {
		return nil
	}
	return errors.Join(m.unfile(was.position, was.Categories), m.file(position, categories))
}

// folded gives a post's categories, each once, by their forms without regard to case.
func folded(categories []string) iter.Seq2[string, string] {
	return func(yield func(folded, name string) bool) {
		seen := make(map[string]bool, len(categories))
		for _, name := range categories {
			form := fold(name)
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

// fileAll files what was kept before there were categories.
func fileAll(m *merge) error {
	rows, err := m.tx.QueryContext(m.ctx, "SELECT position, categories FROM bodies WHERE categories <> '[]' ORDER BY position DESC")
	var position int64
	var text []byte
	return each(rows, err, []any{&position, &text}, func() error {
		var categories []string
		if err := json.Unmarshal(text, &categories); err != nil {
			return fmt.Errorf("%w: categories at %d: %w", ErrDamaged, position, err)
		}
		return m.file(position, categories)
	})
}
