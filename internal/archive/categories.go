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

// InCategory returns posts of a category, newest first. It omits the first skip posts and returns at most limit of the
// next. Case and surrounding space of the category do not matter. It reads the file and does not wait for writers.
func (a *Archive) InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error) {
	if limit <= 0 || a.outdated {
		return nil, nil
	}
	// The inner query skips rows of the index. So SQLite does not read the skipped posts.
	const query = `SELECT position, id, title, link, dating FROM posts WHERE position IN (
		SELECT position FROM filed WHERE category = (SELECT id FROM categories WHERE folded = ?)
		ORDER BY position DESC LIMIT ? OFFSET ?) ORDER BY position DESC`
	return a.queryPosts(ctx, query, foldCategory(category), limit, max(skip, 0))
}

// CountInCategory returns the number of posts of a category, like InCategory.
func (a *Archive) CountInCategory(ctx context.Context, category string) (count int, err error) {
	const query = "SELECT count(*) FROM filed WHERE category = (SELECT id FROM categories WHERE folded = ?)"
	err = a.reader.QueryRowContext(ctx, query, foldCategory(category)).Scan(&count)
	return count, a.wrapError(ctx, err)
}

// Categories returns at most limit categories of the blog, the largest first. Each name has the spelling that was
// stored first. It reads the file and does not wait for writers.
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

// foldCategory returns the same string for two names that differ only in case and surrounding space. It replaces each
// character by the smallest character that strings.EqualFold considers equal to it.
func foldCategory(category string) string {
	return strings.Map(func(r rune) rune {
		first := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			first = min(first, next)
		}
		return first
	}, strings.TrimSpace(category))
}

// addToCategories adds a post to its categories.
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

// removeFromCategories removes a post from its categories.
func (m *merge) removeFromCategories(position int64, categories []string) error {
	for folded := range distinctCategories(categories) {
		const remove = "DELETE FROM filed WHERE category = (SELECT id FROM categories WHERE folded = ?) AND position = ?"
		if err := m.execPrepared(remove, folded, position); err != nil {
			return err
		}
	}
	return nil
}

// updateCategories updates the categories of a changed post. For most changed posts it does nothing, because their
// position and categories are the same.
func (m *merge) updateCategories(old storedEntry, position int64, categories []string) error {
	if position == old.position && slices.Equal(categories, old.Categories) {
		return nil
	}
	return errors.Join(m.removeFromCategories(old.position, old.Categories), m.addToCategories(position, categories))
}

// distinctCategories yields each category of a post once: the name as foldCategory returns it, and the name without
// surrounding space.
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

// fillCategories fills the category tables of an archive that version 1 wrote.
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
