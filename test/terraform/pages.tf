resource "aws_cognito_user_pool_domain" "people" {
  user_pool_id          = aws_cognito_user_pool.people.id
  domain                = "people-of-the-house"
  managed_login_version = var.changed ? 2 : 1
}

resource "aws_cognito_user_pool_domain" "staff" {
  user_pool_id    = aws_cognito_user_pool.staff.id
  domain          = "login.example.com"
  certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/${var.changed ? "b" : "a"}"
}

resource "aws_cognito_user_pool_ui_customization" "people" {
  user_pool_id = aws_cognito_user_pool_domain.people.user_pool_id
  css          = var.changed ? ".label-customizable {font-weight: 700;}" : ".label-customizable {font-weight: 400;}"
  image_file   = filebase64("${path.module}/logo.png")
}

resource "aws_cognito_user_pool_ui_customization" "web" {
  user_pool_id = aws_cognito_user_pool_domain.people.user_pool_id
  client_id    = aws_cognito_user_pool_client.web.id
  css          = ".banner-customizable {background-color: ${var.changed ? "#333" : "#fff"};}"
}
