package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/export"
	"github.com/sangkien/sangkien/storage"
)

type exportDeliveriesCmd struct {
	Broadcast int64  `arg:"" help:"The broadcast, as sangkien broadcast list shows it."`
	Format    string `default:"jsonl" enum:"jsonl,csv,xlsx" help:"jsonl, csv or xlsx."`
	Output    string `short:"o" help:"File to write; default: standard output."`
}

// Run writes a row for everyone in the broadcast: proof of who was reached, and why who was not.
func (e exportDeliveriesCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) (err error) {
		if _, err := store.Broadcast(ctx, e.Broadcast); err != nil {
			return err
		}
		units, err := store.Units(ctx)
		if err != nil {
			return err
		}
		names := map[int64]string{}
		for _, u := range units {
			names[u.ID] = u.Name
		}
		w := s.out
		if e.Output != "" {
			f, err := os.OpenFile(e.Output, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // it names people
			if err != nil {
				return fmt.Errorf("open the file: %w", err)
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			w = f
		}
		t := export.Table{Title: "Lượt gửi", Keys: []string{"member", "name", "unit", "channel", "state", "reason", "attempts", "doubts", "message_id", "at"},
			Head: []string{"Mã thành viên", "Họ và tên", "Đơn vị", "Kênh", "Tình trạng", "Lý do", "Số lần gửi", "Số lần chưa rõ", "Mã tin nhắn", "Lúc"}}
		t.Each = func(do func([]string) error) error {
			return store.EachRecipient(ctx, e.Broadcast, func(r sangkien.Recipient) error {
				return do([]string{strconv.FormatInt(r.Member, 10), r.Name, names[r.Unit], r.To.Channel, string(r.State), r.Reason,
					strconv.Itoa(r.Attempts), strconv.Itoa(r.Doubts), r.MessageID, r.At.In(c.zone).Format("2006-01-02 15:04:05")})
			})
		}
		return t.WriteTo(w, e.Format)
	})
}
