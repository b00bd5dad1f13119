// The route that wxlogin replaces, on today's libraries: `node server.js PORT WECHAT_PORT DATABASE_URL`.
// The code is exchanged at WeChat, the user is written and read by openid, and a token is signed.

import http from 'node:http'
import axios from 'axios'
import express from 'express'
import jwt from 'jsonwebtoken'
import mysql from 'mysql2/promise'

const [port, wechatPort, databaseUrl] = process.argv.slice(2)
const APP_ID = 'wx0123456789abcdef'
const APP_SECRET = '0123456789abcdef0123456789abcdef'
const TOKEN_SECRET = 'a secret of at least thirty-two bytes'

const wechat = axios.create({
  baseURL: `http://127.0.0.1:${wechatPort}`,
  httpAgent: new http.Agent({ keepAlive: true }),
  timeout: 5000,
})
const pool = mysql.createPool({
  uri: databaseUrl,
  connectionLimit: 16,
  ssl: process.env.BENCH_TLS === 'off' ? undefined : { rejectUnauthorized: false },
})

await pool.query(`CREATE TABLE IF NOT EXISTS users (
  _id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  openId VARCHAR(64) NOT NULL UNIQUE,
  session_key VARCHAR(64) NOT NULL,
  userName VARCHAR(64) NOT NULL,
  avatarUrl VARCHAR(1024) NOT NULL,
  userType INT NOT NULL,
  status INT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)

const UPSERT = `INSERT INTO users (openId, session_key, userName, avatarUrl, userType, status)
  VALUES (?, ?, ?, ?, 2, 1) ON DUPLICATE KEY UPDATE session_key = VALUES(session_key),
  userName = VALUES(userName), avatarUrl = VALUES(avatarUrl)`
const SELECT = 'SELECT _id, openId, userName, avatarUrl, userType, status FROM users WHERE openId = ?'

const app = express()
app.use(express.json())

app.post('/wxLogin', async (request, response) => {
  try {
    const { code, avatarUrl = '', userName = '' } = request.body
    const exchange = await wechat.get('/sns/jscode2session', {
      params: { appid: APP_ID, secret: APP_SECRET, js_code: code, grant_type: 'authorization_code' },
    })
    const { openid, session_key } = exchange.data
    await pool.execute(UPSERT, [openid, session_key, userName, avatarUrl])
    const [[user]] = await pool.execute(SELECT, [openid])
    const token = jwt.sign({ _id: user._id }, TOKEN_SECRET, { expiresIn: '7d' })
    response.json({ code: 1, message: '登录成功', data: { ...user, token } })
  } catch (error) {
    console.error(error.message)
    response.status(500).json({ message: '接口错误' })
  }
})

app.get('/healthz', (request, response) => response.json({ status: 'ok' }))

app.listen(Number(port), '127.0.0.1')
