package archive

import (
	"bufio"
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/durable"
	"lastpost/internal/feed"
)

// A double is a post that an older version stored a second time. The blog had moved to https or to another host, so the
// id and the link of the post had changed. The post with the new address stays. Polls have found it since the move, so the listeners'
// positions refer to it. It takes from the double what it does not have.

// selectPairs selects the positions of posts and their doubles. In COLUMN, id or link, the post begins with ?1 and the
// double with ?2, and the rest is equal. CROSS JOIN keeps the order of the tables, so that each uses its index.
const selectPairs = `SELECT kept.position, double.position FROM posts AS kept CROSS JOIN posts AS double
	WHERE kept.COLUMN >= ?1 AND kept.COLUMN < ?1 || char(0x10ffff) AND kept.COLUMN <> ''
	AND double.COLUMN = ?2 || substr(kept.COLUMN, length(?1) + 1) AND double.COLUMN <> '' AND `

// Conditions for pairs. They are those of findByLink and findAtOtherHost. A link that several posts have is probably the
// blog's address, so it identifies none of them.
const (
	pairsOfScheme = `(COLUMN_IS_ID OR (kept.title = double.title AND kept.title <> '' OR kept.claimed = double.claimed)
		AND NOT EXISTS (SELECT 1 FROM posts WHERE link = kept.link AND link <> '' AND position <> kept.position)
		AND NOT EXISTS (SELECT 1 FROM posts WHERE link = double.link AND link <> '' AND position <> double.position))`
	pairsOfHosts = `substr(kept.COLUMN, length(?1) + 1, 1) IN ('', '/', '?', '#')
		AND kept.title = double.title AND kept.claimed IS double.claimed AND (kept.claimed IS NOT NULL OR kept.title <> '')
		AND (COLUMN_IS_ID
		OR NOT EXISTS (SELECT 1 FROM posts WHERE link = kept.link AND link <> ''
			AND claimed IS kept.claimed AND position <> kept.position)
		AND NOT EXISTS (SELECT 1 FROM posts WHERE link = double.link AND link <> ''
			AND claimed IS double.claimed AND position <> double.position))`
)

// mergeSchemeDoubles is the migration that merges posts whose ids or links differ only in the scheme.
func mergeSchemeDoubles(m *merge) error {
	return errors.Join(m.mergePairs(pairsOfScheme, "https://", "http://"), m.updateIndexes(feed.Batch{}), m.recordChange(feed.Batch{}),
		m.finishExport())
}

// mergeMoved merges posts of a blog that has moved to another host, once for each move.
func (m *merge) mergeMoved(feed.Batch) error {
	if !m.hasMoved {
		return nil
	}
	current := m.hosts[len(m.hosts)-1]
	for _, host := range m.hosts[:len(m.hosts)-1] {
		for _, now := range []string{"https://", "http://"} {
			for _, was := range []string{"http://", "https://"} {
				if err := m.mergePairs(pairsOfHosts, now+current, was+host); err != nil {
					return err
				}
			}
		}
	}
	return m.finishExport()
}

// mergePairs merges the pairs of a condition. A merge can make a link unique, so it searches until it finds no more.
func (m *merge) mergePairs(condition, keptStart, doubleStart string) error {
	for {
		before := m.result.Merged
		for _, column := range []string{"id", "link"} {
			query := strings.NewReplacer("COLUMN_IS_ID", "'"+column+"' = 'id'", "COLUMN", column).Replace(selectPairs + condition)
			if err := m.mergeSelected(query, keptStart, doubleStart); err != nil {
				return err
			}
		}
		if m.result.Merged == before {
			return nil
		}
	}
}

// mergeSelected merges the pairs that a query selects.
func (m *merge) mergeSelected(query, keptStart, doubleStart string) error {
	var pairs [][2]int64
	var pair [2]int64
	rows, err := m.tx.QueryContext(m.ctx, query, keptStart, doubleStart)
	err = forEachRow(rows, err, []any{&pair[0], &pair[1]}, func() error {
		pairs = append(pairs, pair)
		return nil
	})
	for i, pair := range pairs {
		if err == nil {
			err = ignoreNoRows(m.mergePair(pair[0], pair[1])) // an earlier pair may have removed or moved a post of this pair
		}
		if err == nil && i%maxPendingPairs == maxPendingPairs-1 {
			err = m.flushIndexes()
		}
	}
	return err
}

// maxPendingPairs bounds the changed posts in memory.
const maxPendingPairs = 200

// flushIndexes updates the indexes and forgets the changes, so that their number is bounded. The snapshot must be read
// again.
func (m *merge) flushIndexes() error {
	err := m.updateIndexes(feed.Batch{})
	m.removed, m.added, m.toIndex, m.reload = map[int64]bool{}, map[int64]snapshot.Row{}, map[int64]feed.Entry{}, true
	return err
}

// mergePair removes a double. If a document has both posts, they are two posts of an aggregator, and stay.
func (m *merge) mergePair(keptPosition, doublePosition int64) error {
	kept, err := m.queryStored(selectStored+"WHERE position = ?", keptPosition)
	if err != nil {
		return err
	}
	double, err := m.queryStored(selectStored+"WHERE position = ?", doublePosition)
	if err != nil || m.inBatch(kept.ID) && m.inBatch(double.ID) {
		return err
	}
	// The origin of both is the earlier one. It is unknown if an older version stored the double.
	const forgetOrigin = "DELETE FROM origins WHERE position = ?1 AND NOT EXISTS (SELECT 1 FROM origins WHERE position = ?2)"
	const earlierOrigin = `UPDATE origins SET source = earlier.source, learnt = earlier.learnt FROM origins AS earlier
		WHERE origins.position = ?1 AND earlier.position = ?2 AND earlier.learnt < origins.learnt`
	m.dropFromSnapshot(double.position)
	err = errors.Join(
		m.exportRemoved(double.Entry),
		m.execPrepared(forgetOrigin, kept.position, double.position),
		m.execPrepared(earlierOrigin, kept.position, double.position),
		m.removeFromCategories(double.position, double.Categories),
		m.execPrepared("DELETE FROM posts WHERE position = ?", double.position))
	if err != nil {
		return err
	}
	return m.completeFrom(kept, double)
}

// completeFrom stores a post with the content of its removed double where that is better.
func (m *merge) completeFrom(kept, double storedEntry) error {
	result, backfill := m.result, m.backfill
	defer func() {
		m.result, m.backfill = result, backfill
		m.result.Merged++
	}()
	m.backfill = 0 // the current backfill has not seen the post again
	if double.lastBackfill > kept.lastBackfill {
		kept.lastBackfill = double.lastBackfill
		if err := m.execPrepared("UPDATE posts SET walk = ? WHERE position = ?", kept.lastBackfill, kept.position); err != nil {
			return err
		}
	}
	e, date := betterOf(kept, double), kept.date()
	if kept.DateKind != feed.DateStated {
		date = double.date()
		date.position = double.position
	}
	if date.position == 0 && isUnchanged(e, date, kept) {
		return nil
	}
	_, err := m.replacePost(e, date, kept)
	return err
}

// betterOf returns the kept post with the fields that only its double has. It takes the double's content if that is at
// least twice as long, because then the kept content is probably an excerpt.
func betterOf(kept, double storedEntry) feed.Entry {
	e := kept.Entry
	e.Title, e.Link = cmp.Or(e.Title, double.Title), cmp.Or(e.Link, double.Link)
	e.Image, e.Language, e.Audio = cmp.Or(e.Image, double.Image), cmp.Or(e.Language, double.Language), cmp.Or(e.Audio, double.Audio)
	if len(e.Authors) == 0 {
		e.Authors = double.Authors
	}
	if len(e.Categories) == 0 {
		e.Categories = double.Categories
	}
	if len(e.Content) == 0 || len(double.Content) >= 2*len(e.Content) {
		e.Content = double.Content
	}
	return e
}

// exportRemoved writes a post to a temporary file beside the archive. An archive in memory does not have a file.
func (m *merge) exportRemoved(e feed.Entry) error {
	if m.export == nil {
		var file sql.NullString
		err := m.queryRow("SELECT file FROM pragma_database_list WHERE name = 'main'", nil, []any{&file})
		if err != nil || file.String == "" {
			return err
		}
		temp, err := createTemp(file.String)
		if err != nil {
			return err
		}
		m.export, m.exportOf, m.exportTo = temp, file.String, bufio.NewWriter(temp)
	}
	line, err := e.JSONLine()
	if err == nil {
		_, err = m.exportTo.Write(line)
	}
	return err
}

// finishExport gives the file of removed posts its name, before the transaction ends. After a kill in between, the file
// has posts that the archive still has, and the next export gets another name.
func (m *merge) finishExport() error {
	if m.export == nil {
		return nil
	}
	err := errors.Join(m.exportTo.Flush(), m.export.Sync(), m.export.Close())
	for n := 1; err == nil; n++ {
		m.result.MergedFile = fmt.Sprintf("%s.merged-%d.jsonl", m.exportOf, n)
		if _, absent := os.Lstat(m.result.MergedFile); absent != nil {
			err = durable.RenameNoReplace(m.export.Name(), m.result.MergedFile)
			break
		}
	}
	if err != nil {
		return fmt.Errorf("export the posts that were stored twice: %w", err)
	}
	m.export = nil
	return nil
}

// discardExport removes the file of removed posts after a failed transaction.
func (m *merge) discardExport() {
	if m.export != nil {
		_, _ = m.export.Close(), os.Remove(m.export.Name()) // removeStaleTemps removes the file later
	}
}
