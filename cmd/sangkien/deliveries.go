package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

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
	return withData(ctx, c, func(store *storage.Store) (err error) {
		if _, err := store.Broadcast(ctx, e.Broadcast); err != nil {
			return err
		}
		t, err := recipientsTable(ctx, store, e.Broadcast, c.zone)
		if err != nil {
			return err
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
		return t.WriteTo(w, e.Format)
	})
}

// recipientsTable has a row for everyone in a broadcast.
func recipientsTable(ctx context.Context, store *storage.Store, broadcast int64, zone *time.Location) (export.Table, error) {
	units, err := store.Units(ctx)
	if err != nil {
		return export.Table{}, err
	}
	names := map[int64]string{}
	for _, u := range units {
		names[u.ID] = u.Name
	}
	return export.Table{Title: "Lượt gửi", Keys: []string{"member", "name", "unit", "channel", "state", "reason", "attempts", "doubts", "message_id", "at"},
		Head: []string{"Mã thành viên", "Họ và tên", "Đơn vị", "Kênh", "Tình trạng", "Lý do", "Số lần gửi", "Số lần chưa rõ", "Mã tin nhắn", "Lúc"},
		Each: func(do func([]string) error) error {
			return store.EachRecipient(ctx, broadcast, func(r sangkien.Recipient) error {
				return do([]string{strconv.FormatInt(r.Member, 10), r.Name, names[r.Unit], r.To.Channel, string(r.State), r.Reason,
					strconv.Itoa(r.Attempts), strconv.Itoa(r.Doubts), r.MessageID, r.At.In(zone).Format("2006-01-02 15:04:05")})
			})
		}}, nil
}

// report is the table of a broadcast's recipients as a file for the chat.
func (a *app) report(ctx context.Context, b sangkien.Broadcast) (sangkien.File, error) {
	t, err := recipientsTable(ctx, a.store, b.ID, a.config.zone)
	if err != nil {
		return sangkien.File{}, err
	}
	var out bytes.Buffer
	if err := t.WriteTo(&out, export.XLSX); err != nil {
		return sangkien.File{}, err
	}
	return a.files.PutOurs(ctx, fmt.Sprintf("nguoi-nhan-%d.xlsx", b.ID), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sangkien.Document, out.Bytes())
}
