// A chat with rooms on Socket.IO, in the steps of its tutorial: a message is stored once, told to
// everybody else, and acknowledged to its sender. Here it is answered, too. The messages are in
// Postgres.   node chat.js FOLDER PORT     (the folder with the packages)
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";

const [, , folder, port] = process.argv;
const installed = createRequire(`${folder}/`);
const { Server } = installed("socket.io");
const { Pool } = installed("pg");

const TABLE = `create table if not exists socketio_messages (
  id bigserial primary key, chat_id text, role text, text text, client_offset text,
  unique (chat_id, client_offset))`;
const STORE = `insert into socketio_messages (chat_id, role, text, client_offset)
  values ($1, $2, $3, $4) returning id`;

const pool = new Pool({ max: 10 });
const http = createServer();
const io = new Server(http, { connectionStateRecovery: {} });

async function stored(chat, role, text, offset) {
  const { rows } = await pool.query(STORE, [chat, role, text, offset]);
  return { type: "message", chat_id: chat, seq: rows[0].id, role, text };
}

async function said(socket, chat, { text, client_id }, acknowledge) {
  const question = await stored(chat, "user", text, client_id);
  socket.to(chat).to("managers").emit("message", question);
  acknowledge(question);
  const answer = await stored(chat, "assistant", text, null);
  io.to(chat).to("managers").emit("message", answer);
}

io.on("connection", (socket) => {
  const chat = socket.handshake.query.chat_id;
  socket.join(chat ?? "managers");
  socket.on("message", (message, acknowledge) => said(socket, chat, message, acknowledge));
  // For the fan-out: one asks, and all get a frame of that size.
  socket.on("everybody", (size) => io.emit("message", "x".repeat(size)));
});

await pool.query(TABLE);
http.listen(Number(port), "127.0.0.1");
